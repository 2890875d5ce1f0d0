// Command k6 is k6 with the tdigest output built in: what `xk6 build` makes, without xk6.
package main

import (
	"go.k6.io/k6/v2/cmd"

	_ "xk6-output-tdigest"
)

func main() {
	cmd.Execute()
}
