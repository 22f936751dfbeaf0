// Reads OTLP/JSON requests, one per line, with the Collector's own decoder, and writes what it
// understood as the Collector's file exporter does.
package main

import (
	"bufio"
	"log"
	"os"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
)

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 64*1024*1024)
	marshaler := &plog.JSONMarshaler{}
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			request := plogotlp.NewExportRequest()
			if err := request.UnmarshalJSON(line); err != nil {
				log.Fatal(err)
			}
			output, err := marshaler.MarshalLogs(request.Logs())
			if err != nil {
				log.Fatal(err)
			}
			if _, err := os.Stdout.Write(append(output, '\n')); err != nil {
				log.Fatal(err)
			}
		}
		if err != nil {
			return
		}
	}
}
