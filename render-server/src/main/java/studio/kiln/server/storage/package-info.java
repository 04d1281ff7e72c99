/** Where bytes are: one port, one implementation for each kind of store. */
@NullMarked
package studio.kiln.server.storage;

import org.jspecify.annotations.NullMarked;
