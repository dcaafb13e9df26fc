/*
 * polkit's agent for the terminal, which asks the person there for a password.
 */
#pragma once

/* Starts it for this process and waits until polkit knows it. Without it polkit says that nobody can be asked. */
void container_snap_start_agent(void);

/* Ends it, which gives the terminal back as it was. */
void container_snap_end_agent(void);
