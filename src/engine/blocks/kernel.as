/**
 * Blocks of quantised numbers as F32, in WebAssembly: AssemblyScript, compiled into `kernel-bytes.ts` by `npm run kernel`. Each function
 * turns so many blocks, which lie one after the other, into numbers; each number is bit for bit what the reference implementation
 * (`gguf.quants.dequantize`) makes of it. Order of multiplication and addition is therefore part of each.
 * https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h
 */

/** An F16 as F32. */
function half(at: usize): f32 {
  const bits: u32 = load<u16>(at);
  const isFinite = (bits & 0x7c00) != 0x7c00;
  // With its exponent where that of an F32 is, it is too small by 2^112.
  const scaled = reinterpret<u32>(reinterpret<f32>((bits & 0x7fff) << 13) * reinterpret<f32>(0x77800000));
  const magnitude = isFinite ? scaled : 0x7f800000 | ((bits & 0x3ff) << 13);
  return reinterpret<f32>(magnitude | ((bits & 0x8000) << 16));
}

/** Four signed integers, times a scale. */
@inline
function scaled(integers: v128, scale: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(integers), scale);
}

/** 16 bytes with sign, times a scale. */
@inline
function put(bytes: v128, scale: v128, to: usize): void {
  const first = i16x8.extend_low_i8x16_s(bytes);
  const second = i16x8.extend_high_i8x16_s(bytes);
  v128.store(to, scaled(i32x4.extend_low_i16x8_s(first), scale));
  v128.store(to, scaled(i32x4.extend_high_i16x8_s(first), scale), 16);
  v128.store(to, scaled(i32x4.extend_low_i16x8_s(second), scale), 32);
  v128.store(to, scaled(i32x4.extend_high_i16x8_s(second), scale), 48);
}

/** 16 small bytes, times a scale, less a minimum. */
@inline
function putLess(bytes: v128, scale: v128, minimum: v128, to: usize): void {
  const first = i16x8.extend_low_i8x16_u(bytes);
  const second = i16x8.extend_high_i8x16_u(bytes);
  v128.store(to, f32x4.sub(scaled(i32x4.extend_low_i16x8_u(first), scale), minimum));
  v128.store(to, f32x4.sub(scaled(i32x4.extend_high_i16x8_u(first), scale), minimum), 16);
  v128.store(to, f32x4.sub(scaled(i32x4.extend_low_i16x8_u(second), scale), minimum), 32);
  v128.store(to, f32x4.sub(scaled(i32x4.extend_high_i16x8_u(second), scale), minimum), 48);
}

/** The lower halves of bytes. */
@inline
function lower(bytes: v128): v128 {
  return v128.and(bytes, i8x16.splat(15));
}

/** Their upper halves. */
@inline
function upper(bytes: v128): v128 {
  return i8x16.shr_u(bytes, 4);
}

/** 16 bits, each as the fifth bit of a byte. */
@inline
function fifthBits(at: usize): v128 {
  const bits = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
  const spread = i8x16.swizzle(i16x8.splat(load<i16>(at)), i8x16(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1));
  return v128.and(i8x16.eq(v128.and(spread, bits), bits), i8x16.splat(16));
}

export function Q4_0(from: usize, blocks: u32, to: usize): void {
  const eight = i8x16.splat(8);
  for (let end = from + 18 * blocks; from < end; from += 18, to += 128) {
    const scale = f32x4.splat(half(from));
    const bytes = v128.load(from, 2);
    put(i8x16.sub(lower(bytes), eight), scale, to);
    put(i8x16.sub(upper(bytes), eight), scale, to + 64);
  }
}

export function Q4_1(from: usize, blocks: u32, to: usize): void {
  for (let end = from + 20 * blocks; from < end; from += 20, to += 128) {
    const scale = f32x4.splat(half(from));
    const minimum = f32x4.splat(-half(from + 2));
    const bytes = v128.load(from, 4);
    putLess(lower(bytes), scale, minimum, to);
    putLess(upper(bytes), scale, minimum, to + 64);
  }
}

export function Q5_0(from: usize, blocks: u32, to: usize): void {
  const sixteen = i8x16.splat(16);
  for (let end = from + 22 * blocks; from < end; from += 22, to += 128) {
    const scale = f32x4.splat(half(from));
    const bytes = v128.load(from, 6);
    put(i8x16.sub(v128.or(lower(bytes), fifthBits(from + 2)), sixteen), scale, to);
    put(i8x16.sub(v128.or(upper(bytes), fifthBits(from + 4)), sixteen), scale, to + 64);
  }
}

export function Q5_1(from: usize, blocks: u32, to: usize): void {
  for (let end = from + 24 * blocks; from < end; from += 24, to += 128) {
    const scale = f32x4.splat(half(from));
    const minimum = f32x4.splat(-half(from + 2));
    const bytes = v128.load(from, 8);
    putLess(v128.or(lower(bytes), fifthBits(from + 4)), scale, minimum, to);
    putLess(v128.or(upper(bytes), fifthBits(from + 6)), scale, minimum, to + 64);
  }
}

export function Q8_0(from: usize, blocks: u32, to: usize): void {
  for (let end = from + 34 * blocks; from < end; from += 34, to += 128) {
    const scale = f32x4.splat(half(from));
    put(v128.load(from, 2), scale, to);
    put(v128.load(from, 18), scale, to + 64);
  }
}

/** The scale of part k of eight, of six bits each, packed in twelve bytes. */
@inline
function scaleOf(packed: usize, k: u32): f32 {
  if (k < 4) return <f32>(load<u8>(packed + k) & 63);
  return <f32>((load<u8>(packed + k, 4) & 15) | ((load<u8>(packed + k - 4) >> 6) << 4));
}

/** The minimum of part k, beside it. */
@inline
function minimumOf(packed: usize, k: u32): f32 {
  if (k < 4) return <f32>(load<u8>(packed + k, 4) & 63);
  return <f32>((load<u8>(packed + k, 4) >> 4) | ((load<u8>(packed + k) >> 6) << 4));
}

export function Q4_K(from: usize, blocks: u32, to: usize): void {
  for (let end = from + 144 * blocks; from < end; from += 144) {
    const d = half(from);
    const dmin = half(from + 2);
    for (let k: u32 = 0; k < 8; k += 2, to += 256) {
      const first = v128.load(from + 16 * k, 16);
      const second = v128.load(from + 16 * k, 32);
      let scale = f32x4.splat(scaleOf(from + 4, k) * d);
      let minimum = f32x4.splat(minimumOf(from + 4, k) * dmin);
      putLess(lower(first), scale, minimum, to);
      putLess(lower(second), scale, minimum, to + 64);
      scale = f32x4.splat(scaleOf(from + 4, k + 1) * d);
      minimum = f32x4.splat(minimumOf(from + 4, k + 1) * dmin);
      putLess(upper(first), scale, minimum, to + 128);
      putLess(upper(second), scale, minimum, to + 192);
    }
  }
}

/** Bit k of bytes, as their fifth. */
@inline
function bitAsFifth(bytes: v128, k: u32): v128 {
  return i8x16.shl(v128.and(i8x16.shr_u(bytes, k), i8x16.splat(1)), 4);
}

export function Q5_K(from: usize, blocks: u32, to: usize): void {
  for (let end = from + 176 * blocks; from < end; from += 176) {
    const d = half(from);
    const dmin = half(from + 2);
    const firstBits = v128.load(from, 16);
    const secondBits = v128.load(from, 32);
    for (let k: u32 = 0; k < 8; k += 2, to += 256) {
      const first = v128.load(from + 16 * k, 48);
      const second = v128.load(from + 16 * k, 64);
      let scale = f32x4.splat(scaleOf(from + 4, k) * d);
      let minimum = f32x4.splat(minimumOf(from + 4, k) * dmin);
      putLess(v128.or(lower(first), bitAsFifth(firstBits, k)), scale, minimum, to);
      putLess(v128.or(lower(second), bitAsFifth(secondBits, k)), scale, minimum, to + 64);
      scale = f32x4.splat(scaleOf(from + 4, k + 1) * d);
      minimum = f32x4.splat(minimumOf(from + 4, k + 1) * dmin);
      putLess(v128.or(upper(first), bitAsFifth(firstBits, k + 1)), scale, minimum, to + 128);
      putLess(v128.or(upper(second), bitAsFifth(secondBits, k + 1)), scale, minimum, to + 192);
    }
  }
}

/** 16 numbers of six bits, the upper two at bits 4 and 5 of a byte of their own, with 32 for zero. */
@inline
function putSix(low: v128, high: v128, scale: usize, d: f32, to: usize): void {
  const numbers = v128.or(low, v128.and(high, i8x16.splat(48)));
  put(i8x16.sub(numbers, i8x16.splat(32)), f32x4.splat(<f32>load<i8>(scale) * d), to);
}

export function Q6_K(from: usize, blocks: u32, to: usize): void {
  for (let end = from + 210 * blocks; from < end; from += 210) {
    const d = half(from + 208);
    for (let part: u32 = 0; part < 2; part++, to += 512) {
      for (let i: u32 = 0; i < 2; i++) {
        const first = v128.load(from + 64 * part + 16 * i);
        const second = v128.load(from + 64 * part + 16 * i, 32);
        const high = v128.load(from + 32 * part + 16 * i, 128);
        const scales = from + 192 + 8 * part + i;
        const at = to + 64 * i;
        putSix(lower(first), i8x16.shl(high, 4), scales, d, at);
        putSix(lower(second), i8x16.shl(high, 2), scales + 2, d, at + 128);
        putSix(upper(first), high, scales + 4, d, at + 256);
        putSix(upper(second), i8x16.shr_u(high, 2), scales + 6, d, at + 384);
      }
    }
  }
}
