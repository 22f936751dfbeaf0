/** Mappings that bring kernels which were made ahead of time. */
import type { Mapping } from './mapping.ts'

/** The kernels of one mapping. */
export interface PreparedKernels {
  /** Tells the mapping from any other one, and from itself in another release. */
  readonly fingerprint: string
  /** What `compileKernel` made, in base64, by the text of the format. */
  readonly kernels: ReadonlyMap<string, string>
}

// Not a member of the mapping: a copy with something changed must not take the kernels along.
const preparedKernels = new WeakMap<Mapping, PreparedKernels>()

/**
 * A mapping that brings its kernels. It is built when somebody asks what is in it, since a kernel
 * need not, and cannot be changed.
 */
export function prepareMapping(
  build: () => Omit<Mapping, 'before'>,
  kernels: PreparedKernels,
): Mapping {
  let built: Omit<Mapping, 'before'> | undefined
  const whole = () => {
    built ??= freeze(build())
    return built
  }
  const mapping: Mapping = Object.freeze({
    get name() {
      return whole().name
    },
    get keepOut() {
      return whole().keepOut
    },
    get requires() {
      return whole().requires
    },
    get template() {
      return whole().template
    },
  })
  preparedKernels.set(mapping, kernels)
  return mapping
}

/** The kernels that a mapping brings. */
export function preparedKernelsOf(mapping: Mapping): PreparedKernels | undefined {
  return preparedKernels.get(mapping)
}

function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    for (const inner of Object.values(value)) freeze(inner)
    Object.freeze(value)
  }
  return value
}
