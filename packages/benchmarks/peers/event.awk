# awk --file event.awk, in any awk. A text with values in it: nothing is checked, nothing is escaped.
BEGIN {
  head = "{\"metadata\":{\"version\":\"1.4.0\",\"product\":{\"name\":\"Amazon VPC\",\"vendor_name\":\"AWS\",\"feature\":{\"name\":\"Flowlogs\"}},\"log_name\":\"vpc_flow_logs\",\"log_version\":\"2\",\"profiles\":[\"cloud\",\"security_control\",\"datetime\"]},\"category_uid\":4,\"category_name\":\"Network Activity\",\"class_uid\":4001,\"class_name\":\"Network Activity\",\"activity_id\":6,\"activity_name\":\"Traffic\",\"type_uid\":400106,\"type_name\":\"Network Activity: Traffic\",\"severity_id\":1,\"severity\":\"Informational\",\"status_code\":\""
  verdict["ACCEPT"] = ",\"action_id\":1,\"action\":\"Allowed\",\"disposition_id\":1,\"disposition\":\"Allowed\""
  verdict["REJECT"] = ",\"action_id\":2,\"action\":\"Denied\",\"disposition_id\":2,\"disposition\":\"Blocked\""
  verdict["-"] = ""
  count = split("1 icmp 2 igmp 6 tcp 17 udp 41 ipv6 47 gre 50 esp 51 ah 58 ipv6-icmp 89 ospf 132 sctp", pairs, " ")
  for (at = 1; at < count; at += 2) protocol[pairs[at]] = ",\"protocol_name\":\"" pairs[at + 1] "\""
  four = ",\"protocol_ver_id\":4,\"protocol_ver\":\"Internet Protocol version 4 (IPv4)\""
  six = ",\"protocol_ver_id\":6,\"protocol_ver\":\"Internet Protocol version 6 (IPv6)\""
}
{
  start = $11 "000"
  event = head $14 "\"" verdict[$13] ",\"time\":" start ",\"start_time\":" start ",\"end_time\":" $12 "000,\"cloud\":{\"provider\":\"AWS\",\"account\":{\"uid\":\"" $2 "\",\"type\":\"AWS Account\",\"type_id\":10}},\"connection_info\":{\"direction_id\":0,\"direction\":\"Unknown\""
  if ($8 != "-") event = event ",\"protocol_num\":" $8 protocol[$8] (index($4, ":") ? six : four)
  event = event "}"
  if ($4 != "-") event = event ",\"src_endpoint\":{\"ip\":\"" $4 "\",\"port\":" $6 "}"
  if ($5 != "-") event = event ",\"dst_endpoint\":{\"ip\":\"" $5 "\",\"port\":" $7 "}"
  if ($9 != "-") event = event ",\"traffic\":{\"packets\":" $9 ",\"bytes\":" $10 "}"
  print event ",\"unmapped\":{\"interface_id\":\"" $3 "\"}}"
}
