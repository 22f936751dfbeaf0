"""python3 event.py [orjson]: split, a dictionary for each event, json.dumps or orjson.dumps."""
import sys

PROTOCOLS = {
    "1": "icmp", "2": "igmp", "6": "tcp", "17": "udp", "41": "ipv6", "47": "gre", "50": "esp",
    "51": "ah", "58": "ipv6-icmp", "89": "ospf", "132": "sctp",
}
VERDICTS = {
    "ACCEPT": {"action_id": 1, "action": "Allowed", "disposition_id": 1, "disposition": "Allowed"},
    "REJECT": {"action_id": 2, "action": "Denied", "disposition_id": 2, "disposition": "Blocked"},
}


def to_event(line):
    (_, account, interface, srcaddr, dstaddr, srcport, dstport, protocol, packets, octets,
     start, end, action, status) = line.split(" ")
    event = {
        "metadata": {
            "version": "1.4.0",
            "product": {"name": "Amazon VPC", "vendor_name": "AWS", "feature": {"name": "Flowlogs"}},
            "log_name": "vpc_flow_logs",
            "log_version": "2",
            "profiles": ["cloud", "security_control", "datetime"],
        },
        "category_uid": 4, "category_name": "Network Activity",
        "class_uid": 4001, "class_name": "Network Activity",
        "activity_id": 6, "activity_name": "Traffic",
        "type_uid": 400106, "type_name": "Network Activity: Traffic",
        "severity_id": 1, "severity": "Informational",
        "status_code": status,
        **VERDICTS.get(action, {}),
        "time": int(start) * 1000, "start_time": int(start) * 1000, "end_time": int(end) * 1000,
        "cloud": {"provider": "AWS", "account": {"uid": account, "type": "AWS Account", "type_id": 10}},
    }
    connection = event["connection_info"] = {"direction_id": 0, "direction": "Unknown"}
    if protocol != "-":
        connection["protocol_num"] = int(protocol)
        if protocol in PROTOCOLS:
            connection["protocol_name"] = PROTOCOLS[protocol]
        version = 6 if ":" in srcaddr else 4
        connection["protocol_ver_id"] = version
        connection["protocol_ver"] = f"Internet Protocol version {version} (IPv{version})"
    if srcaddr != "-":
        event["src_endpoint"] = {"ip": srcaddr, "port": int(srcport)}
    if dstaddr != "-":
        event["dst_endpoint"] = {"ip": dstaddr, "port": int(dstport)}
    if packets != "-":
        event["traffic"] = {"packets": int(packets), "bytes": int(octets)}
    event["unmapped"] = {"interface_id": interface}
    return event


def main():
    out = sys.stdout.buffer
    if sys.argv[1:] == ["orjson"]:
        import orjson
        for line in sys.stdin:
            out.write(orjson.dumps(to_event(line.rstrip("\n")), option=orjson.OPT_APPEND_NEWLINE))
    else:
        import json
        for line in sys.stdin:
            text = json.dumps(to_event(line.rstrip("\n")), separators=(",", ":"))
            out.write(text.encode() + b"\n")


main()
