package org.opensuse.containersnap.client.cli;

/// Prints the program's version.
record ShowVersion() implements Command {
    /// The version of the build, which the parent POM has too.
    static final String VERSION = "0.1.0";

    @Override
    public void run(Session session) {
        session.line("container-snap " + VERSION);
    }
}
