/** A record as a plain program reads it: values by name, undefined for `-`. */
// biome-ignore lint/suspicious/noExplicitAny: a program without checks has no types either
export type PlainRecord = { [name: string]: any }

/**
 * Builds the event of a record by hand, or undefined when there is none. Attributes without a value
 * are undefined, which JSON leaves out.
 */
export type ToEvent = (record: PlainRecord, line: string) => PlainRecord | undefined
