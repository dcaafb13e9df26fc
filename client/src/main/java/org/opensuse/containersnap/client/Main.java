package org.opensuse.containersnap.client;

import java.util.List;
import java.util.Optional;
import org.opensuse.containersnap.client.cli.Program;
import org.opensuse.containersnap.client.wire.LibCHost;
import org.opensuse.containersnap.client.wire.SystemBus;

/// The program.
final class Main {
    private Main() {}

    /// Runs the command line, which the host knows; the parameter is empty.
    public static void main(String[] none) {
        LibCHost host = new LibCHost();
        Program program = new Program(host, SystemBus::connect);
        Optional<List<String>> arguments = host.arguments();
        host.exit(arguments.isPresent() ? program.run(arguments.get()) : program.unreadableArguments());
    }
}
