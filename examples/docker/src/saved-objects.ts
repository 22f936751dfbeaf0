/**
 * Imports a file of saved objects, replacing those that exist; what is wrong, if anything. The call
 * is the one of OpenSearch Dashboards' own import button.
 */
export async function importSavedObjects(
  url: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<string | undefined> {
  const form = new FormData()
  form.append('file', new Blob([bytes]), 'dashboards.ndjson')
  const response = await fetch(`${url}/api/saved_objects/_import?overwrite=true`, {
    method: 'POST',
    headers: { 'osd-xsrf': 'true' },
    body: form,
  })
  const text = await response.text()
  if (!response.ok) return `OpenSearch Dashboards says ${response.status}: ${text.slice(0, 300)}`
  const { success } = JSON.parse(text)
  return success === true ? undefined : `the import failed: ${text.slice(0, 1_000)}`
}
