/** Running a server: configuration, health, disk space, who owns a data folder. */
@NullMarked
package studio.kiln.server.ops;

import org.jspecify.annotations.NullMarked;
