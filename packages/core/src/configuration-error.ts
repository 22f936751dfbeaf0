/** A mistake in a configuration: thrown once, where something is created, never on data. */
export function configurationError(message: string): Error {
  const error = new Error(message)
  error.name = 'ConfigurationError'
  return error
}
