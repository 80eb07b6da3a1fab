/* wasi_path.c - WASI: where a path leads, without ever leaving the directory it starts at.
 *
 * SPDX-License-Identifier: MIT
 *
 * A path is walked one component at a time. Every directory on the way is opened relative to the
 * one before with O_NOFOLLOW, so that the kernel never follows a symbolic link for us and whatever
 * others rename meanwhile, we hold directories that were reached from the first one downwards.
 * Symbolic links are read and their text is put in front of the rest of the path; an absolute one
 * is refused. ".." goes back to the directory that we came from, which we still hold, and is
 * refused at the first. What comes out is an open directory and one name in it, for calls that do
 * not follow links either.
 *
 * Links of procfs that are more than their text (/proc/self/root) are read like any other.
 */
#include <fcntl.h>
#include <unistd.h>

#include "wasi_host.h"

typedef struct walk {
  char path[WASI_MAX_PATH]; /* what is left, from `at` on, NUL-terminated */
  uint32_t at;
  uint32_t links;
  int first;                /* the directory that the path starts at */
  wasi_follow follow;
  wasi_place *place;
} walk;

void wasi_leave(wasi_place *p)
{
  while (p->nopened) close(p->opened[--p->nopened]);
}

static void step_back(walk *w)
{
  wasi_place *p = w->place;
  close(p->opened[--p->nopened]);
  p->dir = p->nopened ? p->opened[p->nopened - 1] : w->first;
}

/* Put the link's text in front of the rest of the path. */
static wasi_errno put_before(walk *w, const char *text, size_t length)
{
  size_t rest = strlen(w->path + w->at);
  if (text[0] == '/') return WASI_ENOTCAPABLE;
  if (length == 0) return WASI_ENOENT;
  if (++w->links > WASI_MAX_LINKS) return WASI_ELOOP;
  if (length + rest + 1 > sizeof w->path) return WASI_ENAMETOOLONG;
  /* The rest begins with a slash or is empty. */
  memmove(w->path + length, w->path + w->at, rest + 1);
  memcpy(w->path, text, length);
  w->at = 0;
  return WASI_OK;
}

/* WASI_EINVAL: it is no link. */
static wasi_errno follow_link(walk *w, const char *name)
{
  char text[WASI_MAX_PATH];
  ssize_t n = readlinkat(w->place->dir, name, text, sizeof text);
  if (n < 0) return wasi_error_of(errno);
  if ((size_t)n == sizeof text) return WASI_ENAMETOOLONG;
  return put_before(w, text, (size_t)n);
}

/* Go down into directory `name`, or follow it if it is a link. */
static wasi_errno step_into(walk *w, const char *name)
{
  wasi_place *p = w->place;
  if (p->nopened == WASI_MAX_DEPTH) return WASI_ENAMETOOLONG;
  int dir = openat(p->dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (dir >= 0) {
    p->opened[p->nopened++] = p->dir = dir;
    return WASI_OK;
  }
  if (errno != ENOTDIR && errno != ELOOP) return wasi_error_of(errno);
  wasi_errno e = follow_link(w, name);
  return e == WASI_EINVAL ? WASI_ENOTDIR : e;
}

/* The last component. WASI_OK with an empty name: it was a link, go on with its text. */
static wasi_errno arrive(walk *w, const char *name, bool slash)
{
  wasi_place *p = w->place;
  if (w->follow == WASI_FOLLOW || (slash && w->follow == WASI_FOLLOW_SLASH)) {
    wasi_errno e = follow_link(w, name);
    if (e == WASI_OK) return WASI_OK;
    if (e != WASI_EINVAL && e != WASI_ENOENT) return e;
  }
  p->must_be_dir |= slash;
  strcpy(p->name, name);
  return WASI_OK;
}

/* Take the next component off the path; false if it is too long. */
static bool next_component(walk *w, char name[NAME_MAX + 1])
{
  while (w->path[w->at] == '/') w->at++;
  size_t n = strcspn(w->path + w->at, "/");
  if (n > NAME_MAX) return false;
  memcpy(name, w->path + w->at, n);
  name[n] = 0;
  w->at += (uint32_t)n;
  return true;
}

static wasi_errno take_step(walk *w)
{
  char name[NAME_MAX + 1];
  wasi_place *p = w->place;
  if (!next_component(w, name)) return WASI_ENAMETOOLONG;
  bool slash = w->path[w->at] == '/';
  bool last = w->path[w->at + strspn(w->path + w->at, "/")] == 0;
  if (strcmp(name, "..") == 0) {
    if (p->nopened == 0) return WASI_ENOTCAPABLE;
    step_back(w);
  } else if (name[0] && strcmp(name, ".") != 0) {
    return last ? arrive(w, name, slash) : step_into(w, name);
  }
  if (last) strcpy(p->name, "."); /* the directory itself */
  return WASI_OK;
}

static wasi_errno get_path(wasi_call *c, uint32_t address, uint32_t size, char *out)
{
  const uint8_t *path = wasi_at(c, address, size);
  if (!path) return WASI_EFAULT;
  if (size == 0) return WASI_ENOENT;
  if (memchr(path, 0, size)) return WASI_EINVAL;
  if (size >= WASI_MAX_PATH) return WASI_ENAMETOOLONG;
  if (path[0] == '/') return WASI_ENOTCAPABLE;
  memcpy(out, path, size);
  out[size] = 0;
  return WASI_OK;
}

wasi_errno wasi_resolve(wasi_call *c, const wasi_fd *fd, uint32_t arg, wasi_follow follow,
                        wasi_place *out)
{
  walk w = {.first = fd->host, .follow = follow, .place = out};
  out->dir = fd->host;
  out->must_be_dir = false;
  out->name[0] = 0;
  out->nopened = 0;
  if (fd->type != WASI_TYPE_DIRECTORY) return WASI_ENOTDIR;
  wasi_errno e = get_path(c, wasi_arg(c, arg), wasi_arg(c, arg + 1), w.path);
  while (e == WASI_OK && !out->name[0]) e = take_step(&w);
  if (e != WASI_OK) wasi_leave(out);
  return e;
}
