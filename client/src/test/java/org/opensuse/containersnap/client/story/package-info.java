/// What users live through, with the real program against the real daemon.
@NullMarked
package org.opensuse.containersnap.client.story;

import org.jspecify.annotations.NullMarked;
