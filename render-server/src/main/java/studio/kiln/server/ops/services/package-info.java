/** The other programs of studio mode on one machine: database, broker, cache and file server, started by one command. */
@NullMarked
package studio.kiln.server.ops.services;

import org.jspecify.annotations.NullMarked;
