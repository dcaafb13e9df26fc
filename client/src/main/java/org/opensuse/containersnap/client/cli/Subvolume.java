package org.opensuse.containersnap.client.cli;

import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Names;
import org.opensuse.containersnap.client.wire.Property;

/// A subvolume in the words of a message.
final class Subvolume {
    private Subvolume() {}

    /// The subvolume whose path is the manager's property.
    static String named(Session session, Property property) throws BusFailure {
        return named(session.bus().get(Names.TOP_PATH, property).text());
    }

    /// The subvolume of the path; the top level's is empty.
    static String named(String path) {
        return path.isEmpty() ? "the top level of the file system" : "subvolume " + Printable.of(path);
    }
}
