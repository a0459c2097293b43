// A verifier of logs that shares no code with the project: it stands on golang.org/x/mod/sumdb, which checks Go's own
// module log. It is how we know that others can read what we write.
package main

import (
	"flag"
	"fmt"
	"os"
)

const usage = `usage: log-verifier FOLDER|URL KEY
       log-verifier -fork EVIDENCE KEY
       log-verifier -fork FIRST SECOND PROOF KEY

Checks a whole log, or that a file of evidence shows that the log has forked; or that two checkpoints of one log (files with
signed notes) and the hashes of PROOF (a file with a line of base64 each) do. KEY is name+id+key, as C2SP signed-note writes it.
`

func main() {
	fork := flag.Bool("fork", false, "check the evidence of a fork")
	flag.Usage = func() { fmt.Fprint(os.Stderr, usage) }
	flag.Parse()
	said, err := run(*fork, flag.Args())
	if err == errUsage {
		flag.Usage()
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(said)
}

var errUsage = fmt.Errorf("misused")

func run(fork bool, args []string) (string, error) {
	switch {
	case fork && len(args) == 2:
		return verifyEvidence(args[0], args[1])
	case fork && len(args) == 4:
		return verifyFork(args[0], args[1], args[2], args[3])
	case !fork && len(args) == 2:
		return verifyLog(args[0], args[1])
	}
	return "", errUsage
}
