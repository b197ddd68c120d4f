// An address that leads nowhere.

import { address } from '../route';
import { words } from '../words';

export function NotFound() {
    return (
        <div class="empty">
            <h1>{words.notFound.title}</h1>
            <p>{words.notFound.help}</p>
            <p>
                <a href={address()}>{words.nav.overview}</a>
            </p>
        </div>
    );
}
