/** `${NAME}` in the texts of a configuration. */

/** What became of a text: its value, or what is wrong with it. */
export type Substituted = { readonly value: string } | { readonly problem: string }

// Escaped; a variable, perhaps with a default; and what only looks like one.
const reference = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{[^}]*\}?/g

/** Puts the values of environment variables where a text names them. */
export function substituteVariables(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): Substituted {
  let problem: string | undefined
  const value = text.replaceAll(reference, (match, name?: string, fallback?: string) => {
    if (match === '$${') return '${'
    if (name === undefined) {
      problem ??= `${match} names no variable: write \${NAME} or \${NAME:-default}, or $${match} for the text itself`
      return match
    }
    const found = environment[name]
    if (found !== undefined && (found !== '' || fallback === undefined)) return found
    if (fallback !== undefined) return fallback
    problem ??= `the environment variable ${name} is not set: set it, or write \${${name}:-default}, or $\${${name}} for the text itself`
    return match
  })
  return problem === undefined ? { value } : { problem }
}
