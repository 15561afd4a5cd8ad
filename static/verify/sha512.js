/** SHA-512 (FIPS 180-4) for the fallback signature check only: WebCrypto has it wherever WebCrypto is. */
const BITS = 64n;
const MASK = (1n << BITS) - 1n;

const primes = [];
for (let candidate = 2; primes.length < 80; candidate++) {
  if (primes.every((prime) => candidate % prime)) primes.push(candidate);
}

/** The first 64 bits behind the point of the `degree`-th root of a prime: whole-number root of prime * 2^(64 degree). */
function fraction(prime, degree) {
  const wanted = BigInt(prime) << (BITS * degree);
  let low = 0n, high = 1n << 70n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** degree <= wanted) low = middle;
    else high = middle;
  }
  return low & MASK;
}

const START = primes.slice(0, 8).map((prime) => fraction(prime, 2n));
const ROUNDS = primes.map((prime) => fraction(prime, 3n));
const turn = (word, by) => ((word >> by) | (word << (BITS - by))) & MASK;

/** The 64 bytes of the hash. */
export function sha512(data) {
  const padded = new Uint8Array((data.length + 144) & ~127);
  padded.set(data);
  padded[data.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(data.length) * 8n);
  const state = [...START];
  for (let block = 0; block < padded.length; block += 128) compress(state, view, block);
  const out = new DataView(new ArrayBuffer(64));
  state.forEach((word, place) => out.setBigUint64(8 * place, word));
  return new Uint8Array(out.buffer);
}

function compress(state, view, block) {
  const words = [];
  for (let t = 0; t < 16; t++) words.push(view.getBigUint64(block + 8 * t));
  for (let t = 16; t < 80; t++) {
    const early = words[t - 15], late = words[t - 2];
    const small = turn(early, 1n) ^ turn(early, 8n) ^ (early >> 7n);
    const large = turn(late, 19n) ^ turn(late, 61n) ^ (late >> 6n);
    words.push((words[t - 16] + small + words[t - 7] + large) & MASK);
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let t = 0; t < 80; t++) {
    const first = h + (turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n)) + ((e & f) ^ (~e & MASK & g)) + ROUNDS[t] + words[t];
    const second = (turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g; g = f; f = e; e = (d + first) & MASK; d = c; c = b; b = a; a = (first + second) & MASK;
  }
  [a, b, c, d, e, f, g, h].forEach((word, place) => (state[place] = (state[place] + word) & MASK));
}
