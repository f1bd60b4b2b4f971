// The other half of report/html/pack.py: base64, deflate, JSON, then the bytes of the arrays.

const ARRAYS = {
  u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i1: Int8Array, i2: Int16Array,
  i4: Int32Array, f4: Float32Array, f8: Float64Array,
};

async function unpack(text) {
  const letters = atob(text.trim());
  const packed = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at++) packed[at] = letters.charCodeAt(at);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const buffer = await new Response(stream).arrayBuffer();
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const json = new TextDecoder().decode(new Uint8Array(buffer, 8, length));
  const start = 8 + length;
  return JSON.parse(json, (key, value) => {
    if (value === null || typeof value !== "object" || !("$array" in value)) return value;
    const [kind, offset, shape] = value.$array;
    const size = shape.reduce((product, part) => product * part, 1);
    const array = new ARRAYS[kind](buffer, start + offset, size);
    array.shape = shape;
    return array;
  });
}

/** One row of an array of two dimensions. */
function row(array, at) {
  const width = array.shape[1];
  return array.subarray(at * width, (at + 1) * width);
}
