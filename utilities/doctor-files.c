/*
 * Copyright (c) 2026 The ovs-netvsc Authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at:
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

#include <config.h>

#include "doctor-files.h"

#include <glob.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "svec.h"
#include "util.h"

/* Lines kept of a long file, such as a log: its last ones. */
#define MAX_LINES 20000

static char * OVS_PRINTF_FORMAT(2, 0)
make_path(const char *root, const char *format, va_list args)
{
    char *name = xvasprintf(format, args);
    char *path = xasprintf("%s%s", root, name);

    free(name);
    return path;
}

/* True if the file exists. */
bool
doctor_exists(const char *root, const char *format, ...)
{
    va_list args;
    char *path;
    bool exists;

    va_start(args, format);
    path = make_path(root, format, args);
    va_end(args);
    exists = !access(path, F_OK);
    free(path);
    return exists;
}

/* Returns the first line of 'path' without its end, or a null pointer if it
 * cannot be read. */
static char *
read_line(const char *path)
{
    FILE *stream = fopen(path, "r");
    char line[4096];
    bool ok;

    if (!stream) {
        return NULL;
    }
    ok = fgets(line, sizeof line, stream) != NULL;
    fclose(stream);
    if (!ok) {
        return NULL;
    }
    line[strcspn(line, "\n")] = '\0';
    return xstrdup(line);
}

/* Returns the first line of the file without its end, which the caller must
 * free, or a null pointer if it cannot be read. */
char *
doctor_line(const char *root, const char *format, ...)
{
    va_list args;
    char *path, *line;

    va_start(args, format);
    path = make_path(root, format, args);
    va_end(args);
    line = read_line(path);
    free(path);
    return line;
}

/* Returns the number that the file begins with, decimal or hexadecimal with
 * "0x", -1 if it does not. */
long long int
doctor_number(const char *root, const char *format, ...)
{
    long long int n = -1;
    char *path, *line, *end;
    va_list args;

    va_start(args, format);
    path = make_path(root, format, args);
    va_end(args);
    line = read_line(path);
    if (line) {
        n = strtoll(line, &end, 0);
        n = end == line ? -1 : n;
    }
    free(line);
    free(path);
    return n;
}

/* Returns the last component of what a symbolic link leads to, which the
 * caller must free, or a null pointer if it is none. */
char *
doctor_base(const char *root, const char *format, ...)
{
    char target[PATH_MAX];
    const char *slash;
    va_list args;
    char *path;
    ssize_t n;

    va_start(args, format);
    path = make_path(root, format, args);
    va_end(args);
    n = readlink(path, target, sizeof target - 1);
    free(path);
    if (n <= 0) {
        return NULL;
    }
    target[n] = '\0';
    slash = strrchr(target, '/');
    return xstrdup(slash ? slash + 1 : target);
}

/* Adds the lines of the file, without their ends, to 'lines'.  Of a very long
 * file the last ones are kept. */
void
doctor_lines(struct svec *lines, const char *root, const char *format, ...)
{
    char *path, *line = NULL;
    size_t allocated = 0;
    FILE *stream;
    va_list args;

    va_start(args, format);
    path = make_path(root, format, args);
    va_end(args);
    stream = fopen(path, "r");
    free(path);
    if (!stream) {
        return;
    }
    while (getline(&line, &allocated, stream) > 0) {
        if (lines->n >= MAX_LINES) {
            for (size_t i = 0; i < lines->n / 2; i++) {
                free(lines->names[i]);
            }
            memmove(lines->names, &lines->names[lines->n / 2],
                    (lines->n - lines->n / 2) * sizeof *lines->names);
            lines->n -= lines->n / 2;
        }
        line[strcspn(line, "\n")] = '\0';
        svec_add(lines, line);
    }
    free(line);
    fclose(stream);
}

/* Adds the names of the files that match 'pattern', without the root, to
 * 'names', in alphabetical order. */
void
doctor_glob(struct svec *names, const char *root, const char *pattern)
{
    char *path = xasprintf("%s%s", root, pattern);
    glob_t found;

    if (!glob(path, 0, NULL, &found)) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            svec_add(names, found.gl_pathv[i] + strlen(root));
        }
        globfree(&found);
    }
    free(path);
}
