// The camera of this device as a scanner. Where the browser reads codes itself (BarcodeDetector), no picture leaves the device; elsewhere
// pictures are read on the server, one after the other, and not kept. Shown only where a camera may be asked for; without JavaScript the form
// for a photo does the same.
"use strict";

const FORMATS = ["data_matrix", "qr_code", "code_128", "ean_13", "ean_8", "upc_a"];
const PAUSE_MS = 250;
const LIMIT_MS = 90_000;
const WIDTH = 1280;
const QUALITY = 0.85;

/** A function from the video to a promise of the text of a code in its picture, or null. */
async function reader(address) {
  const known = "BarcodeDetector" in window ? await BarcodeDetector.getSupportedFormats() : [];
  const formats = FORMATS.filter((format) => known.includes(format));
  if (!formats.includes("data_matrix") || !formats.includes("qr_code")) return (video) => readOnServer(video, address);
  const detector = new BarcodeDetector({ formats });
  return async (video) => (await detector.detect(video))[0]?.rawValue ?? null;
}

async function readOnServer(video, address) {
  const canvas = document.createElement("canvas"), scale = Math.min(1, WIDTH / video.videoWidth);
  [canvas.width, canvas.height] = [video.videoWidth * scale, video.videoHeight * scale];
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  const form = new FormData(), picture = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  form.append("photo", picture, "camera.jpg");
  const answer = await fetch(address, { method: "POST", headers: { Accept: "application/json" }, body: form });
  return answer.ok ? (await answer.json()).code : null;
}

/** Leads to the verdict; what stands behind # is a buyer's secret, stays behind # and does not reach the server. */
function leave(form, text) {
  const [code, ...secret] = text.split("#"), address = new URL(form.action), fields = new FormData(form);
  fields.delete("photo");
  for (const [name, value] of [["code", code], ...fields]) address.searchParams.set(name, value);
  address.hash = secret.join("#");
  location.assign(address);
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Looks until a code is found, the page is hidden or time is up; the text, or null. */
async function look(video, read) {
  for (const end = performance.now() + LIMIT_MS; performance.now() < end && !document.hidden; await pause(PAUSE_MS)) {
    const text = await read(video).catch(() => null);
    if (text) return text;
  }
  return null;
}

async function scan(box, form, video) {
  const say = (name) => { box.querySelector("[role=status]").textContent = box.dataset[name]; };
  let stream = null;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "environment", width: { ideal: WIDTH } } });
  } catch {
    say("refused");
    return;
  }
  video.srcObject = stream;
  video.hidden = false;
  say("looking");
  await video.play();
  const text = await look(video, await reader(form.action));
  for (const track of stream.getTracks()) track.stop();
  video.hidden = true;
  if (text === null) say("none");
  else leave(form, text);
}

for (const box of document.querySelectorAll("[data-camera]")) {
  const button = box.querySelector("button"), form = document.getElementById(box.dataset.camera);
  if (!navigator.mediaDevices?.getUserMedia || !form) continue;
  box.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    await scan(box, form, box.querySelector("video"));
    button.disabled = false;
  });
}
