package org.opensuse.containersnap.carry;

import java.nio.file.Path;
import java.util.Optional;

/// The file trees that are merged.
///
/// @param running of the running system
/// @param pristine of the image that the running system came from, as it was pulled; empty when it came from none
/// @param target of the snapshot that is to be booted, as the new image has it; for a plan alone that of the image will
///     do
public record Roots(Path running, Optional<Path> pristine, Path target) {}
