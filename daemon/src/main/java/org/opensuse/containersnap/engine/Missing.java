package org.opensuse.containersnap.engine;

import java.util.HashSet;
import java.util.Set;
import org.opensuse.containersnap.engine.Registry.Layer;
import org.opensuse.containersnap.engine.Registry.Offer;
import org.opensuse.containersnap.snapshot.Failure;

/// What a pull would fetch.
record Missing(ImageStore store) {
    /// The bytes of the layers that the store does not have, as they come.
    long bytes(Offer offer) throws Failure {
        Set<String> there = new HashSet<>(store.layerDigests());
        long bytes = 0;
        for (Layer layer : offer.layers()) {
            if (there.add(layer.digest())) {
                bytes += layer.bytes();
            }
        }
        return bytes;
    }
}
