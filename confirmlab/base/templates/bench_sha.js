// HMAC with SHA-2, for frames that lack crypto.subtle: browsers keep it from sites on plain http.
const ownHmac = (() => {
  const primes = [];
  for (let n = 2; primes.length < 80; n++) if (primes.every((p) => n % p)) primes.push(n);

  // The constants of SHA-2 are the first bits behind the point of roots of the first primes.
  function fraction(prime, degree) {
    const goal = BigInt(prime) << BigInt(64 * degree);
    let low = 0n;
    for (let step = 1n << 70n; step; step >>= 1n) {
      if ((low + step) ** BigInt(degree) <= goal) low += step;
    }
    return low & 0xffffffffffffffffn;
  }

  const words = (from, degree, shift) => from.map((p) => fraction(p, degree) >> shift);
  const wide = { word: 64n, rounds: 80, a: [28n, 34n, 39n], e: [14n, 18n, 41n] };
  Object.assign(wide, { w0: [1n, 8n, 7n], w1: [19n, 61n, 6n], keys: words(primes, 3, 0n) });
  const narrow = { word: 32n, rounds: 64, a: [2n, 13n, 22n], e: [6n, 11n, 25n] };
  Object.assign(narrow, { w0: [7n, 18n, 3n], w1: [17n, 19n, 10n], keys: words(primes, 3, 32n) });
  const kinds = {
    256: { ...narrow, start: words(primes.slice(0, 8), 2, 32n) },
    384: { ...wide, start: words(primes.slice(8, 16), 2, 0n) },
    512: { ...wide, start: words(primes.slice(0, 8), 2, 0n) },
  };

  function hash(bits, message) {
    const { word, rounds, a: turnA, e: turnE, w0, w1, keys, start } = kinds[bits];
    const bytes = Number(word) / 8, block = bytes * 16, mask = (1n << word) - 1n;
    const turn = (x, by) => ((x >> by) | (x << (word - by))) & mask;
    const mix = (x, [i, j, k]) => turn(x, i) ^ turn(x, j) ^ turn(x, k);
    const spread = (x, [i, j, k]) => turn(x, i) ^ turn(x, j) ^ (x >> k);

    const size = Math.ceil((message.length + 1 + 2 * bytes) / block) * block;
    const padded = new Uint8Array(size);
    padded.set(message);
    padded[message.length] = 0x80;
    new DataView(padded.buffer).setBigUint64(size - 8, BigInt(message.length) * 8n);

    let state = start;
    for (let at = 0; at < size; at += block) {
      const w = [];
      for (let i = 0; i < 16; i++) {
        const from = at + i * bytes;
        w.push(padded.subarray(from, from + bytes).reduce((x, byte) => (x << 8n) | BigInt(byte), 0n));
      }
      for (let i = 16; i < rounds; i++) {
        w.push((spread(w[i - 2], w1) + w[i - 7] + spread(w[i - 15], w0) + w[i - 16]) & mask);
      }
      let [a, b, c, d, e, f, g, h] = state;
      for (let i = 0; i < rounds; i++) {
        const one = h + mix(e, turnE) + ((e & f) ^ (~e & mask & g)) + keys[i] + w[i];
        const two = mix(a, turnA) + ((a & b) ^ (a & c) ^ (b & c));
        [a, b, c, d, e, f, g, h] = [(one + two) & mask, a, b, c, (d + one) & mask, e, f, g];
      }
      state = [a, b, c, d, e, f, g, h].map((x, i) => (x + state[i]) & mask);
    }
    const hex = state.map((x) => x.toString(16).padStart(bytes * 2, "0")).join("");
    return Uint8Array.from(hex.slice(0, bits / 4).match(/../g), (two) => parseInt(two, 16));
  }

  function join(first, second) {
    const both = new Uint8Array(first.length + second.length);
    both.set(first);
    both.set(second, first.length);
    return both;
  }

  function hmac(bits, key, message) {
    const padded = new Uint8Array(bits === 256 ? 64 : 128);
    padded.set(key.length > padded.length ? hash(bits, key) : key);
    const inner = hash(bits, join(padded.map((byte) => byte ^ 0x36), message));
    return hash(bits, join(padded.map((byte) => byte ^ 0x5c), inner));
  }

  return { hash, hmac };
})();
