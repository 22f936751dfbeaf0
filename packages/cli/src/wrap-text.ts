/** Text on lines of at most `width` characters, all but the first indented by as many as the first has before it. */
export function wrapText(text: string, width: number, indent: number): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    for (let rest = word; rest !== ''; ) {
      const room = width - indent - (line === '' ? 0 : line.length + 1)
      if (rest.length <= room) {
        line = line === '' ? rest : `${line} ${rest}`
        rest = ''
      } else if (line !== '') {
        lines.push(line)
        line = ''
      } else {
        lines.push(rest.slice(0, width - indent))
        rest = rest.slice(width - indent)
      }
    }
  }
  if (line !== '') lines.push(line)
  return lines.join(`\n${' '.repeat(indent)}`)
}
