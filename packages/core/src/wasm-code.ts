/**
 * WebAssembly instructions as expressions: each function takes the code of its operands and gives
 * the code of the whole, so that generated code reads like what it computes. Code is a tree, which
 * is written out as bytes once, at the end.
 */

/** A tree of bytes; labels become depths when it is written out. */
export type Code = number | readonly Code[] | Mark

/** Where a branch goes: the end of a block, or the beginning of a loop. */
export type Label = { readonly name: string }

type Mark = { readonly enters: Label } | { readonly leaves: true } | { readonly to: Label }

/** The types of locals, parameters and results. */
export const valueTypes = { i32: 0x7f, i64: 0x7e, f64: 0x7c, v128: 0x7b } as const

export type ValueType = keyof typeof valueTypes

/** A label; the name helps whoever reads the generator. */
export function label(name: string): Label {
  return { name }
}

/** An unsigned number in LEB128. */
export function unsigned(value: number): readonly number[] {
  const bytes: number[] = []
  let rest = value
  while (rest > 127) {
    bytes.push((rest & 127) | 128)
    rest = Math.floor(rest / 128)
  }
  bytes.push(rest)
  return bytes
}

const empty = 0x40

/** Code that a branch to the label leaves. */
export function block(at: Label, ...body: readonly Code[]): Code {
  return [{ enters: at }, 0x02, empty, body, { leaves: true }]
}

/** Code that a branch to the label begins again. */
export function loop(at: Label, ...body: readonly Code[]): Code {
  return [{ enters: at }, 0x03, empty, body, { leaves: true }]
}

const unnamed = label('if')

/** Code for when the condition is not 0. */
export function when(condition: Code, ...body: readonly Code[]): Code {
  return [condition, { enters: unnamed }, 0x04, empty, body, { leaves: true }]
}

/** Code for when the condition is not 0, and code for when it is. */
export function either(condition: Code, yes: Code, no: Code): Code {
  return [condition, { enters: unnamed }, 0x04, empty, yes, 0x05, no, { leaves: true }]
}

/** One of two 32-bit values, of which only that one is computed. */
export function eitherValue(condition: Code, yes: Code, no: Code): Code {
  return [condition, { enters: unnamed }, 0x04, valueTypes.i32, yes, 0x05, no, { leaves: true }]
}

/** Goes to the label. */
export function branch(to: Label): Code {
  return [0x0c, { to }]
}

/** Goes to the label when the condition is not 0. */
export function branchIf(to: Label, condition: Code): Code {
  return [condition, 0x0d, { to }]
}

/** One value or another; both are computed. */
export function select(condition: Code, yes: Code, no: Code): Code {
  return [yes, no, condition, 0x1b]
}

/** Leaves the function. */
export function returns(value: Code = []): Code {
  return [value, 0x0f]
}

/** Writes code out. */
export function toBytes(code: Code): number[] {
  const bytes: number[] = []
  const labels: Label[] = []
  const visit = (part: Code): void => {
    if (typeof part === 'number') bytes.push(part)
    else if (isList(part)) {
      for (let index = 0; index < part.length; index++) {
        const each = part[index] as Code
        if (typeof each === 'number') bytes.push(each)
        else visit(each)
      }
    } else if ('enters' in part) labels.push(part.enters)
    else if ('to' in part) {
      const depth = labels.lastIndexOf(part.to)
      if (depth === -1) throw new Error(`no code around leads to the label "${part.to.name}"`)
      bytes.push(...unsigned(labels.length - 1 - depth))
    } else {
      labels.pop()
      bytes.push(0x0b)
    }
  }
  visit(code)
  return bytes
}

function isList(part: Code): part is readonly Code[] {
  return Array.isArray(part)
}
