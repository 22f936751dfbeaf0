/** What DuckDB is prepared with: the table, the view and the macros. */

import { quoted } from './dialect.ts'
import { flowColumns } from './load-mapping.ts'

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
  // The groups of one half of an IPv6 address, each with four digits.
  `CREATE MACRO group_digits(half) AS CASE WHEN half = '' THEN '' ELSE
    list_aggregate(list_transform(string_split(half, ':'), lambda digits: lpad(digits, 4, '0')), 'string_agg', '') END`,
  // A dotted quad at the end of an IPv6 address as two groups.
  `CREATE MACRO without_quad(address) AS CASE WHEN address LIKE '%.%'
    THEN regexp_replace(address, '[^:]*$', '') || regexp_replace(dotted_key(regexp_extract(address, '[^:]*$')), '^(....)', '\\1:')
    ELSE address END`,
  `CREATE MACRO spread(head, tail) AS '6' || head || repeat('0', 32 - len(head) - len(tail)) || tail`,
  `CREATE MACRO address_key(address) AS CASE WHEN address LIKE '%:%'
    THEN spread(group_digits(split_part(without_quad(lower(address)), '::', 1)), group_digits(split_part(without_quad(lower(address)), '::', 2)))
    ELSE '4' || dotted_key(address) END`,
  `CREATE MACRO prefix_bits(network) AS CASE WHEN network LIKE '%/%' THEN CAST(split_part(network, '/', 2) AS INTEGER)
    WHEN network LIKE '%:%' THEN 128 ELSE 32 END`,
  `CREATE MACRO digit_value(key, place) AS instr('0123456789abcdef', substr(key, place, 1)) - 1`,
  // Whole digits are compared as text, and what is left of the prefix as bits of the next digit.
  `CREATE MACRO shares_prefix(key, base, bits) AS left(key, 1 + bits // 4) = left(base, 1 + bits // 4)
    AND (bits % 4 = 0 OR digit_value(key, 2 + bits // 4) >> (4 - bits % 4) = digit_value(base, 2 + bits // 4) >> (4 - bits % 4))`,
  `CREATE MACRO in_network(address, network) AS shares_prefix(address_key(address), address_key(split_part(network, '/', 1)), prefix_bits(network))`,
]

/** The statements, in order. */
export const duckdbPreparation: readonly string[] = [
  `CREATE TABLE records (${flowColumns.map(({ name, type }) => `${quoted(name)} ${type}`).join(', ')})`,
  `CREATE VIEW flows AS SELECT *, ${utc('start')} AS start_time, ${utc('"end"')} AS end_time FROM records`,
  ...macros,
]
