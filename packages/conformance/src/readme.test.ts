import { expect, test } from 'vitest'
import { examplesOf } from './readme.ts'

test('a ts block and the text or json block after it are an example', () => {
  const markdown = [
    '# Title',
    '',
    '```sh',
    'npm install',
    '```',
    '```ts',
    'console.log(1)',
    '',
    'console.log(2)',
    '```',
    '',
    'prints',
    '',
    '```text',
    '1',
    '2',
    '```',
    '```ts',
    'console.log("{}")',
    '```',
    '```json',
    '{}',
    '```',
    '```ts',
    'export {}',
    '```',
    '```sh',
    'ls',
    '```',
    '```text',
    'not printed by a program',
    '```',
    '',
  ].join('\n')
  expect(examplesOf(markdown)).toEqual([
    { line: 6, code: 'console.log(1)\n\nconsole.log(2)\n', printed: '1\n2\n', isJson: false },
    { line: 18, code: 'console.log("{}")\n', printed: '{}\n', isJson: true },
    { line: 24, code: 'export {}\n', printed: '', isJson: false },
  ])
})
