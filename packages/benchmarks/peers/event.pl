# perl event.pl. A text with values in it: nothing is checked, nothing is escaped.
use strict;
use warnings;

my %protocol = map { $_->[0] => qq(,"protocol_name":"$_->[1]") } (
    [ 1, 'icmp' ], [ 2, 'igmp' ], [ 6, 'tcp' ], [ 17, 'udp' ], [ 41, 'ipv6' ], [ 47, 'gre' ],
    [ 50, 'esp' ], [ 51, 'ah' ], [ 58, 'ipv6-icmp' ], [ 89, 'ospf' ], [ 132, 'sctp' ],
);
my %verdict = (
    ACCEPT => ',"action_id":1,"action":"Allowed","disposition_id":1,"disposition":"Allowed"',
    REJECT => ',"action_id":2,"action":"Denied","disposition_id":2,"disposition":"Blocked"',
    '-'    => '',
);
my $four = ',"protocol_ver_id":4,"protocol_ver":"Internet Protocol version 4 (IPv4)"';
my $six  = ',"protocol_ver_id":6,"protocol_ver":"Internet Protocol version 6 (IPv6)"';
while (<STDIN>) {
    chomp;
    my @v = split / /;
    my $connection = '';
    if ( $v[7] ne '-' ) {
        $connection = qq(,"protocol_num":$v[7]) . ( $protocol{ $v[7] } // '' )
          . ( index( $v[3], ':' ) >= 0 ? $six : $four );
    }
    my $source = $v[3] eq '-' ? '' : qq(,"src_endpoint":{"ip":"$v[3]","port":$v[5]});
    my $target = $v[4] eq '-' ? '' : qq(,"dst_endpoint":{"ip":"$v[4]","port":$v[6]});
    my $traffic = $v[8] eq '-' ? '' : qq(,"traffic":{"packets":$v[8],"bytes":$v[9]});
    print qq({"metadata":{"version":"1.4.0","product":{"name":"Amazon VPC","vendor_name":"AWS","feature":{"name":"Flowlogs"}},"log_name":"vpc_flow_logs","log_version":"2","profiles":["cloud","security_control","datetime"]},"category_uid":4,"category_name":"Network Activity","class_uid":4001,"class_name":"Network Activity","activity_id":6,"activity_name":"Traffic","type_uid":400106,"type_name":"Network Activity: Traffic","severity_id":1,"severity":"Informational","status_code":"$v[13]"$verdict{$v[12]},"time":$v[10]000,"start_time":$v[10]000,"end_time":$v[11]000,"cloud":{"provider":"AWS","account":{"uid":"$v[1]","type":"AWS Account","type_id":10}},"connection_info":{"direction_id":0,"direction":"Unknown"$connection}$source$target$traffic,"unmapped":{"interface_id":"$v[2]"}}\n);
}
