/** The line to the server: one client, its event stream, and the pictures that were fetched. */
@NullMarked
package studio.kiln.desktop.live;

import org.jspecify.annotations.NullMarked;
