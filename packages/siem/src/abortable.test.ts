import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { abortable } from './abortable.ts'

test('what comes first counts, and nothing stays behind on the signal', async () => {
  const controller = new AbortController()
  const { signal } = controller
  expect(await abortable(Promise.resolve(1), signal)).toBe(1)
  await expect(abortable(Promise.reject(new Error('bad')), signal)).rejects.toThrow('bad')
  expect(getEventListeners(signal, 'abort')).toStrictEqual([])
  const hanging = abortable(new Promise(() => {}), signal)
  controller.abort(new Error('enough'))
  await expect(hanging).rejects.toThrow('enough')
  await expect(abortable(Promise.resolve(1), signal)).rejects.toThrow('enough')
})
