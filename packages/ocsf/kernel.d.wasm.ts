/** A compiled `WebAssembly.Module`, for the option `kernel` of `createTransform`. */
declare const kernel: object
export default kernel
