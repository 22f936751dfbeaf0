# jq --raw-input --compact-output --from-file event.jq
def absent: if . == "-" then null else . end;
def integer: if . == null then null else tonumber end;
def protocols: {"1": "icmp", "2": "igmp", "6": "tcp", "17": "udp", "41": "ipv6", "47": "gre",
  "50": "esp", "51": "ah", "58": "ipv6-icmp", "89": "ospf", "132": "sctp"};
def verdict: {
  ACCEPT: {action_id: 1, action: "Allowed", disposition_id: 1, disposition: "Allowed"},
  REJECT: {action_id: 2, action: "Denied", disposition_id: 2, disposition: "Blocked"}
};
split(" ") | map(absent) as $v |
{
  metadata: {
    version: "1.4.0",
    product: {name: "Amazon VPC", vendor_name: "AWS", feature: {name: "Flowlogs"}},
    log_name: "vpc_flow_logs",
    log_version: "2",
    profiles: ["cloud", "security_control", "datetime"]
  },
  category_uid: 4, category_name: "Network Activity",
  class_uid: 4001, class_name: "Network Activity",
  activity_id: 6, activity_name: "Traffic",
  type_uid: 400106, type_name: "Network Activity: Traffic",
  severity_id: 1, severity: "Informational",
  status_code: $v[13]
}
+ (verdict[$v[12] // ""] // {})
+ {time: (($v[10] | tonumber) * 1000), start_time: (($v[10] | tonumber) * 1000), end_time: (($v[11] | tonumber) * 1000)}
+ {cloud: {provider: "AWS", account: {uid: $v[1], type: "AWS Account", type_id: 10}}}
+ {connection_info: ({direction_id: 0, direction: "Unknown"} + (
    if $v[7] == null then {}
    else {protocol_num: ($v[7] | integer)}
      + (if protocols[$v[7]] then {protocol_name: protocols[$v[7]]} else {} end)
      + (if $v[3] | contains(":")
         then {protocol_ver_id: 6, protocol_ver: "Internet Protocol version 6 (IPv6)"}
         else {protocol_ver_id: 4, protocol_ver: "Internet Protocol version 4 (IPv4)"} end)
    end))}
+ (if $v[3] then {src_endpoint: {ip: $v[3], port: ($v[5] | integer)}} else {} end)
+ (if $v[4] then {dst_endpoint: {ip: $v[4], port: ($v[6] | integer)}} else {} end)
+ (if $v[8] then {traffic: {packets: ($v[8] | integer), bytes: ($v[9] | integer)}} else {} end)
+ {unmapped: {interface_id: $v[2]}}
