-- For DuckDB and ClickHouse: a text with values in it. Nothing is checked, nothing is escaped.
SELECT concat(
  '{"metadata":{"version":"1.4.0","product":{"name":"Amazon VPC","vendor_name":"AWS","feature":{"name":"Flowlogs"}},"log_name":"vpc_flow_logs","log_version":"2","profiles":["cloud","security_control","datetime"]},"category_uid":4,"category_name":"Network Activity","class_uid":4001,"class_name":"Network Activity","activity_id":6,"activity_name":"Traffic","type_uid":400106,"type_name":"Network Activity: Traffic","severity_id":1,"severity":"Informational","status_code":"', log_status, '"',
  CASE action
    WHEN 'ACCEPT' THEN ',"action_id":1,"action":"Allowed","disposition_id":1,"disposition":"Allowed"'
    WHEN 'REJECT' THEN ',"action_id":2,"action":"Denied","disposition_id":2,"disposition":"Blocked"'
    ELSE '' END,
  ',"time":', start_, '000,"start_time":', start_, '000,"end_time":', end_,
  '000,"cloud":{"provider":"AWS","account":{"uid":"', account_id,
  '","type":"AWS Account","type_id":10}},"connection_info":{"direction_id":0,"direction":"Unknown"',
  CASE WHEN protocol = '-' THEN '' ELSE concat(',"protocol_num":', protocol,
    CASE protocol
      WHEN '1' THEN ',"protocol_name":"icmp"' WHEN '2' THEN ',"protocol_name":"igmp"'
      WHEN '6' THEN ',"protocol_name":"tcp"' WHEN '17' THEN ',"protocol_name":"udp"'
      WHEN '41' THEN ',"protocol_name":"ipv6"' WHEN '47' THEN ',"protocol_name":"gre"'
      WHEN '50' THEN ',"protocol_name":"esp"' WHEN '51' THEN ',"protocol_name":"ah"'
      WHEN '58' THEN ',"protocol_name":"ipv6-icmp"' WHEN '89' THEN ',"protocol_name":"ospf"'
      WHEN '132' THEN ',"protocol_name":"sctp"' ELSE '' END,
    CASE WHEN srcaddr LIKE '%:%'
      THEN ',"protocol_ver_id":6,"protocol_ver":"Internet Protocol version 6 (IPv6)"'
      ELSE ',"protocol_ver_id":4,"protocol_ver":"Internet Protocol version 4 (IPv4)"' END) END,
  '}',
  CASE WHEN srcaddr = '-' THEN ''
    ELSE concat(',"src_endpoint":{"ip":"', srcaddr, '","port":', srcport, '}') END,
  CASE WHEN dstaddr = '-' THEN ''
    ELSE concat(',"dst_endpoint":{"ip":"', dstaddr, '","port":', dstport, '}') END,
  CASE WHEN packets = '-' THEN ''
    ELSE concat(',"traffic":{"packets":', packets, ',"bytes":', octets, '}') END,
  ',"unmapped":{"interface_id":"', interface_id, '"}}') AS event
