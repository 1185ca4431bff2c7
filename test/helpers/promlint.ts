/** What `promtool check metrics` holds names and texts to (prometheus/client_golang, testutil/promlint). */
export function promlint(text: string): string[] {
  const wrong: string[] = [];
  for (const [, name = '', type = ''] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    // prom-client's own names for what has no convention yet.
    if (name.startsWith('nodejs_') || name.startsWith('process_')) continue;
    const no = (why: string) => wrong.push(`${name} (${type}): ${why}`);
    const help = new RegExp(`^# HELP ${name} (.*)$`, 'm').exec(text)?.[1] ?? '';
    if (help.trim() === '') no('no help');
    if (type === 'counter' && !name.endsWith('_total')) no('a counter ends in _total');
    if (type !== 'counter' && name.endsWith('_total')) no('only a counter ends in _total');
    if (/_(milli|micro|nano)?(seconds|s|ms|us|ns)(_|$)/.test(name) && !/_seconds(_total)?$/.test(name))
      no('times are seconds');
    if (/_(kilo|mega|giga|ki|mi)?bytes/.test(name) && !/(?<![a-z])bytes/.test(name)) no('sizes are bytes');
    if (/(^|_)(gauge|counter|histogram|summary)(_|$)/.test(name)) no('its type is in its name');
    if (/_(count|sum|bucket)$/.test(name)) no('it ends as a part of a histogram');
    if (!/^[a-z_:][a-z0-9_:]*$/.test(name)) no('it is not in snake case');
  }
  return wrong;
}
