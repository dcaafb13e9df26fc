package org.opensuse.containersnap.client.cli;

import java.util.List;
import java.util.Optional;
import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Host;

/// The program from its arguments to its exit status.
public final class Program {
    private final Host host;
    private final Connector connector;

    public Program(Host host, Connector connector) {
        this.host = host;
        this.connector = connector;
    }

    /*
     * The only place where an error becomes a line on standard error. What a command prints is written at the end
     * and at once, so that a command that fails has printed nothing; but where the output says why, as of verify, it
     * is printed first.
     */
    /// Runs the command line; the status to exit with.
    public int run(List<String> arguments) {
        try {
            Invocation invocation = Invocation.parse(arguments);
            return run(invocation).status();
        } catch (UsageError e) {
            return failed(e.text(), ExitCode.WRONG_COMMAND_LINE);
        } catch (CommandFailed e) {
            return failed(e.text(), e.exitCode());
        } catch (RuntimeException e) {
            return failed("internal error, please report it: " + e, ExitCode.FAILED);
        }
    }

    /// Says that the arguments are not text; the status to exit with.
    public int unreadableArguments() {
        return failed("an argument is not UTF-8; see container-snap --help", ExitCode.WRONG_COMMAND_LINE);
    }

    private ExitCode run(Invocation invocation) throws CommandFailed {
        Session session = new Session(invocation.settings(), host, connector);
        try {
            invocation.command().run(session);
        } catch (BusFailure e) {
            throw Explanation.of(e, invocation.settings().target());
        }
        String output = session.output();
        if (!output.isEmpty()) {
            Optional<String> problem = host.output(output);
            if (problem.isPresent()) {
                throw new CommandFailed("the output can't be written: " + problem.get());
            }
        }
        Optional<CommandFailed> end = session.end();
        if (end.isPresent()) {
            throw end.get();
        }
        return session.exitCode();
    }

    private int failed(String text, ExitCode exitCode) {
        host.error("container-snap: " + Printable.of(text) + "\n");
        return exitCode.status();
    }
}
