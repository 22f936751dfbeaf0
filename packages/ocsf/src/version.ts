/** The OCSF schema versions that events can be made for; 1.1.0 is what most consumers take. */
export const ocsfVersions = ['1.1.0', '1.3.0', '1.5.0', '1.8.0'] as const

/** An OCSF schema version. */
export type OcsfVersion = (typeof ocsfVersions)[number]

/** Whether a schema version has what was introduced in the release `since`. */
export function has(version: OcsfVersion, since: `1.${number}.0`): boolean {
  return minor(version) >= minor(since)
}

function minor(version: string): number {
  return Number(version.split('.')[1])
}
