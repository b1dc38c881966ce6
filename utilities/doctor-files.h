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

#ifndef DOCTOR_FILES_H
#define DOCTOR_FILES_H 1

/* Files below a root folder, "" for the machine itself.  Names are formatted
 * as by printf() and begin with a slash. */

#include <stdbool.h>
#include <stddef.h>

#include "compiler.h"

struct svec;

bool doctor_exists(const char *root, const char *format, ...)
    OVS_PRINTF_FORMAT(2, 3);
char *doctor_line(const char *root, const char *format, ...)
    OVS_PRINTF_FORMAT(2, 3);
long long int doctor_number(const char *root, const char *format, ...)
    OVS_PRINTF_FORMAT(2, 3);
char *doctor_base(const char *root, const char *format, ...)
    OVS_PRINTF_FORMAT(2, 3);
void doctor_lines(struct svec *, const char *root, const char *format, ...)
    OVS_PRINTF_FORMAT(3, 4);
void doctor_glob(struct svec *, const char *root, const char *pattern);

#endif /* doctor-files.h */
