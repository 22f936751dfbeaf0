/** What DuckDB is prepared with: the table, the view and the macros. */

import { flowColumns } from './load-mapping.ts'
import { quoted } from './quoted.ts'

const utc = (time: string): string =>
  `CASE WHEN ${time} BETWEEN 1000000000 AND 9999999999 THEN make_timestamp(${time} * 1000000) WHEN ${time} BETWEEN 1000000000000 AND 9999999999999 THEN make_timestamp(${time} * 1000) END`

/**
 * Addresses as text of fixed width that sorts and compares as they do: `4` and eight digits, or `6`
 * and 32. An extension of DuckDB can do this, but it would have to be downloaded.
 */
const macros = [
  `CREATE MACRO dotted_key(address) AS format('{:02x}{:02x}{:02x}{:02x}',
    TRY_CAST(split_part(address, '.', 1) AS INTEGER), TRY_CAST(split_part(address, '.', 2) AS INTEGER),
    TRY_CAST(split_part(address, '.', 3) AS INTEGER), TRY_CAST(split_part(address, '.', 4) AS INTEGER))`,
  // What a macro names twice is written twice, so that a lambda gives it a name instead.
  `CREATE MACRO group_digits(half) AS coalesce(list_aggregate(list_transform(
    list_filter(string_split(half, ':'), lambda digits: digits <> ''), lambda digits: lpad(digits, 4, '0')), 'string_agg', ''), '')`,
  // A dotted quad at the end of an IPv6 address as two groups.
  `CREATE MACRO without_quad(address) AS list_transform([address], lambda a: CASE WHEN a LIKE '%.%'
    THEN regexp_replace(a, '[^:]*$', '') || regexp_replace(dotted_key(regexp_extract(a, '[^:]*$')), '^(....)', '\\1:')
    ELSE a END)[1]`,
  `CREATE MACRO long_key(address) AS list_transform([string_split(without_quad(lower(address)), '::')], lambda halves:
    list_transform([[group_digits(halves[1]), group_digits(coalesce(halves[2], ''))]], lambda digits:
      '6' || digits[1] || repeat('0', 32 - len(digits[1]) - len(digits[2])) || digits[2])[1])[1]`,
  `CREATE MACRO address_key(address) AS CASE WHEN address LIKE '%:%' THEN long_key(address) ELSE '4' || dotted_key(address) END`,
  `CREATE MACRO prefix_bits(network) AS CASE WHEN network LIKE '%/%' THEN CAST(split_part(network, '/', 2) AS INTEGER)
    WHEN network LIKE '%:%' THEN 128 ELSE 32 END`,
  // Whole digits are compared as text, and what is left of the prefix as bits of the next digit.
  `CREATE MACRO digit_value(key, place) AS instr('0123456789abcdef', substr(key, place, 1)) - 1`,
  `CREATE MACRO shares_prefix(keys, bits) AS left(keys[1], 1 + bits // 4) = left(keys[2], 1 + bits // 4)
    AND (bits % 4 = 0 OR digit_value(keys[1], 2 + bits // 4) >> (4 - bits % 4) = digit_value(keys[2], 2 + bits // 4) >> (4 - bits % 4))`,
  `CREATE MACRO in_network(address, network) AS list_transform([[address_key(address), address_key(split_part(network, '/', 1))]],
    lambda keys: shares_prefix(keys, prefix_bits(network)))[1]`,
]

/** The statements, in order. */
export const duckdbPreparation: readonly string[] = [
  `CREATE TABLE records (${flowColumns.map(({ name, type }) => `${quoted(name)} ${type}`).join(', ')})`,
  `CREATE VIEW flows AS SELECT *, ${utc('start')} AS start_time, ${utc('"end"')} AS end_time FROM records`,
  ...macros,
]
