/** How OpenSearch and Elasticsearch are to index OCSF Network Activity (class 4001). */

/** The two families of servers. */
export type SearchFlavour = 'opensearch' | 'elasticsearch'

/** What the template is for. */
export interface IndexTemplateOptions {
  /** The name of the index or data stream. */
  readonly index: string
  readonly flavour: SearchFlavour
  /** Whether it is a data stream. Otherwise an index, or several named `INDEX-…`. */
  readonly dataStream: boolean
}

/** The index template, as `_index_template` takes it. */
export function toIndexTemplate({ index, flavour, dataStream }: IndexTemplateOptions): object {
  return {
    index_patterns: dataStream ? [index] : [index, `${index}-*`],
    // Above the templates that Elasticsearch brings along.
    priority: 200,
    ...(dataStream && {
      // Elasticsearch knows `@timestamp` only.
      data_stream: flavour === 'opensearch' ? { timestamp_field: { name: 'time' } } : {},
    }),
    template: { mappings: toMappings(flavour) },
    _meta: { description: 'OCSF Network Activity (4001) from AWS flow logs' },
  }
}

/** What is not named here gets its type from its first value, and texts are keywords. */
function toMappings(flavour: SearchFlavour): object {
  return {
    date_detection: false,
    dynamic_templates: [
      {
        addresses: {
          match_mapping_type: 'string',
          match_pattern: 'regex',
          match: '^(ip|intermediate_ips)$',
          mapping: { type: 'ip' },
        },
      },
      {
        readable_times: {
          match_mapping_type: 'string',
          match: '*_dt',
          mapping: { type: 'date', format: 'strict_date_optional_time' },
        },
      },
      { texts: { match_mapping_type: 'string', mapping: keyword } },
    ],
    properties: {
      ...properties,
      unmapped:
        flavour === 'opensearch'
          ? { type: 'flat_object' }
          : { type: 'flattened', ignore_above: maxTermLength },
    },
  }
}

// A term has at most 32,766 bytes, and a character up to four of them.
const maxTermLength = 8_191
const keyword = { type: 'keyword', ignore_above: maxTermLength }
const integer = { type: 'integer' }
const long = { type: 'long' }
const time = { type: 'date', format: 'epoch_millis' }

const endpoint = {
  properties: {
    ip: { type: 'ip' },
    intermediate_ips: { type: 'ip' },
    port: integer,
    svc_name: keyword,
    uid: keyword,
    interface_uid: keyword,
    instance_uid: keyword,
    subnet_uid: keyword,
    vpc_uid: keyword,
    proxy_endpoint: { properties: { ip: { type: 'ip' } } },
  },
}

/** What searches and dashboards need, even while the index is empty. */
const properties = {
  '@timestamp': { type: 'date' },
  time,
  start_time: time,
  end_time: time,
  duration: long,
  activity_name: keyword,
  action_id: integer,
  action: keyword,
  disposition: keyword,
  status_code: keyword,
  status_detail: keyword,
  metadata: { properties: { uid: keyword, processed_time: time } },
  cloud: { properties: { account: { properties: { uid: keyword } }, region: keyword } },
  connection_info: {
    properties: {
      direction: keyword,
      protocol_num: integer,
      protocol_name: keyword,
      tcp_flags: integer,
      boundary: keyword,
    },
  },
  src_endpoint: endpoint,
  dst_endpoint: endpoint,
  traffic: { properties: { bytes: long, packets: long } },
  // Kept, not searched: all of it is in the other fields.
  raw_data: { type: 'keyword', index: false, doc_values: false },
}
