package org.opensuse.containersnap.engine;

import java.util.Optional;
import org.opensuse.containersnap.snapshot.Failure;
import org.opensuse.containersnap.snapshot.Failure.NoSuchImage;
import org.opensuse.containersnap.snapshot.Image;
import org.opensuse.containersnap.snapshot.ImageReference;

/// How callers name images: as among the image's names, or by a reference that stands for one of them.
final class ImageNames {
    private ImageNames() {}

    /// The image of a name.
    static Image get(ImageStore images, String name) throws Failure, InterruptedException {
        for (Image image : images.images()) {
            if (find(image, name).isPresent()) {
                return image;
            }
        }
        throw new NoSuchImage(name);
    }

    /// The one among the image's names that is meant; empty when none is.
    static Optional<String> find(Image image, String name) {
        if (image.names().contains(name)) {
            return Optional.of(name);
        }
        Optional<String> full = ImageReference.find(name).map(ImageReference::name);
        return full.filter(image.names()::contains);
    }
}
