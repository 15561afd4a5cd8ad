/** What a code names; the mirror of trace/gs1/item.py. */
const NOTHING = {
  kind: null, gtin: null, lot: null, serial: null, expiry: null, expiry_month_only: false, cn_code: null, sscc: null, host: null, repairs: [],
};

/** An item; what is not given is null. */
export function itemWith(fields) {
  return { ...NOTHING, ...fields };
}

/** What a trade item number with what stands beside it names; `null` for what is not there. */
export function tradeItem(gtin, lot, serial, [expiry, monthOnly]) {
  const kind = serial !== null ? "pack" : lot !== null ? "batch" : "product";
  return itemWith({ kind, gtin, lot, serial, expiry, expiry_month_only: monthOnly });
}
