/// The durable record: JSON, one file a record.
@NullMarked
package org.opensuse.containersnap.record;

import org.jspecify.annotations.NullMarked;
