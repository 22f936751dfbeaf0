/** The names of the variants, as tables and bars call them. */
export const variantNames = {
  naive: 'R0 naive',
  conventional: 'R1 conventional',
  object: 'object lane',
  portable: 'portable lane',
  portableReused: 'portable lane, output reused',
  kernel: 'kernel',
  kernelReused: 'kernel, output reused',
  copy: 'L1 copy of the output',
  count: 'L2 count of the spaces',
  naiveParse: 'naive split and map',
  parse: 'createParser().parse',
  sdk: 'processor, SDK and its JSON serializer',
  otlpLines: 'OTLP mapping, a ResourceLogs each, output reused',
  otlp: 'OTLP mapping and toOtlpRequests',
  otlpReused: 'OTLP mapping and createOtlpRequests, memory reused',
} as const
