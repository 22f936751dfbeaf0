/** The codes of Splunk's HTTP Event Collector, and what follows from each. */

/** What a code means for a sender. */
export interface HecCode {
  /** Splunk's words. */
  readonly text: string
  /**
   * The events are `taken`; they are to come again `later`; one `event` will never be taken; the
   * `token` or some `setting` has to be changed; or the server is `healthy`.
   */
  readonly means: 'taken' | 'later' | 'event' | 'token' | 'setting' | 'healthy'
  /** What `invalid-event-number` is when it names the first event of a request. */
  readonly first?: 0 | 1
  /** What a person has to change. */
  readonly advice?: string
}

// Splunk Enterprise 10.4 and Splunk Cloud 10.5 count from 0 with codes 6, 12, 13 and 15, and from 1
// with code 7. Nobody has published a count for code 9. A maintainer at Splunk reads its 10 as "the
// tenth", and if it counts from 0 after all, one event is sent twice; the other mistake would lose it.
/** https://help.splunk.com, "Troubleshoot HTTP Event Collector": possible error codes. */
export const hecCodes: Readonly<Record<number, HecCode>> = {
  0: { text: 'Success', means: 'taken' },
  1: { text: 'Token disabled', means: 'token', advice: 'enable the token' },
  2: { text: 'Token is required', means: 'token', advice: 'does a proxy remove the header?' },
  3: { text: 'Invalid authorization', means: 'token', advice: 'does a proxy change the header?' },
  4: { text: 'Invalid token', means: 'token', advice: 'give the value of a token of this Splunk' },
  5: { text: 'No data', means: 'event' },
  6: { text: 'Invalid data format', means: 'event', first: 0 },
  7: {
    text: 'Incorrect index',
    means: 'setting',
    advice: 'create the index and allow it for the token, or leave `index` out',
  },
  8: { text: 'Internal server error', means: 'later', first: 1 },
  9: { text: 'Server is busy', means: 'later', first: 1 },
  10: {
    text: 'Data channel is missing',
    means: 'setting',
    advice: 'the token has indexer acknowledgement, so set `acknowledgement`',
  },
  11: {
    text: 'Invalid data channel',
    means: 'setting',
    advice: 'does a proxy change the header X-Splunk-Request-Channel?',
  },
  12: { text: 'Event field is required', means: 'event', first: 0 },
  13: { text: 'Event field cannot be blank', means: 'event', first: 0 },
  14: {
    text: 'ACK is disabled',
    means: 'setting',
    advice: 'enable indexer acknowledgement for the token, or leave `acknowledgement` out',
  },
  15: { text: 'Error in handling indexed fields', means: 'event', first: 0 },
  16: {
    text: 'Query string authorization is not enabled',
    means: 'setting',
    advice: 'does a proxy add a query to the URL?',
  },
  17: { text: 'HEC is healthy', means: 'healthy' },
  18: { text: 'HEC is unhealthy, queues are full', means: 'later' },
  19: { text: 'HEC is unhealthy, ack service unavailable', means: 'later' },
  20: { text: 'HEC is unhealthy, queues are full, ack service unavailable', means: 'later' },
  21: { text: 'Invalid token', means: 'token', advice: 'give the value of a token of this Splunk' },
  22: { text: 'Token disabled', means: 'token', advice: 'enable the token' },
  23: { text: 'Server is shutting down', means: 'later' },
  // Warnings that come with status 200.
  24: { text: 'Queue is approaching its capacity', means: 'taken' },
  25: { text: 'Ack channel is approaching its capacity', means: 'taken' },
  26: { text: 'Queue is at capacity', means: 'later' },
  27: { text: 'Ack channel is at capacity', means: 'later' },
  // What Splunk Cloud says instead of 10.
  28: {
    text: 'Data channel is missing',
    means: 'setting',
    advice: 'the token has indexer acknowledgement, so set `acknowledgement`',
  },
}
