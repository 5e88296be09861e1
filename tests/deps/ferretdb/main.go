// ferretdb DATA [PORT]: FerretDB on this machine, on a free port unless told, with its data in SQLite files in the folder DATA, or in the PostgreSQL of
// the URL DATA. The first line on standard output is its address; it ends with SIGTERM or SIGINT.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func serve(data, port string) error {
	stop, release := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer release()

	config := ferretdb.Config{
		Listener: ferretdb.ListenerConfig{TCP: "127.0.0.1:" + port},
		Logger:   slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	if strings.HasPrefix(data, "postgres://") {
		config.Handler, config.PostgreSQLURL = "postgresql", data
	} else {
		config.Handler, config.SQLiteURL = "sqlite", "file:"+data+"/"
	}
	server, err := ferretdb.New(&config)
	if err != nil {
		return err
	}
	go func() { fmt.Println(server.MongoDBURI()) }() // waits until the server listens
	return server.Run(stop)
}

func main() {
	if len(os.Args) != 2 && len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: ferretdb DATA [PORT]")
		os.Exit(2)
	}
	port := "0"
	if len(os.Args) == 3 {
		port = os.Args[2]
	}
	if err := serve(os.Args[1], port); err != nil {
		fmt.Fprintln(os.Stderr, "ferretdb:", err)
		os.Exit(1)
	}
}
