package tdigest

import (
	_ "embed"
	"strings"
)

//go:embed VERSION
var versionFile string

// version is the version of this extension and of the server, which are released together.
var version = strings.TrimSpace(versionFile)
