/** The event outbox, its numbers, and who listens. */
@NullMarked
package studio.kiln.server.events;

import org.jspecify.annotations.NullMarked;
