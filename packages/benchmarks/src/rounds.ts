/** How many rounds the command line asks for, or 20. Throws when it is no positive integer. */
export function askedRounds(argument: string | undefined = process.argv[2]): number {
  const rounds = Number(argument ?? 20)
  if (Number.isSafeInteger(rounds) && rounds > 0) return rounds
  throw new Error(`the number of rounds must be a positive integer, not ${argument}`)
}
