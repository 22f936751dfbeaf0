#!/usr/bin/env bash
# until-idle.sh COMMAND…: for programs that wait for more at the end of a file, on Linux. Ends the
# command once it has done nothing for two seconds.
"$@" &
now=0 before=-9
# In hundredths of a second of the CPU.
while ((now - before > 2)); do
  sleep 2
  before=$now
  now=$(awk '{ print $14 + $15 }' "/proc/$!/stat")
done
kill $!
wait $!
