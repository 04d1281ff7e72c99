package studio.kiln.server.http;

import studio.kiln.server.audit.AuditLog;
import studio.kiln.server.security.Accounts;
import studio.kiln.server.security.NodeCredentials;
import studio.kiln.server.security.Sessions;
import studio.kiln.server.security.Shares;

/** What there is only where people have accounts. */
public record StudioAccess(
        Accounts accounts, Sessions sessions, Shares shares, NodeCredentials nodes, AuditLog audit) {}
