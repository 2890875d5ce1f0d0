// Command target answers every request at once: what is measured against it is k6 and its output, not a server.
package main

import (
	"log"
	"net/http"
	"os"
)

func main() {
	answer := []byte("ok")
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(answer) })
	log.Fatal(http.ListenAndServe(os.Args[1], handler))
}
