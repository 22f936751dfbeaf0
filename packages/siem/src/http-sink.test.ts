import { createHttpSink, createSimpleReceiver } from './http-sink.test-support.ts'
import { describeSink } from './sink-suite.test-support.ts'

// Shows that the suite can be passed, and that the pieces that all sinks stand on fit together.
describeSink('a simple HTTP sink', {
  create: createHttpSink,
  createReceiver: createSimpleReceiver,
})
