package org.opensuse.containersnap.client.cli;

import org.opensuse.containersnap.client.wire.Bus;
import org.opensuse.containersnap.client.wire.BusFailure;
import org.opensuse.containersnap.client.wire.Target;

/// Makes the connection to the bus; when interactive, the service may have the person asked for a password.
@FunctionalInterface
public interface Connector {
    Bus connect(Target target, boolean interactive) throws BusFailure;
}
